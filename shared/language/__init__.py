"""Words, digits, dates and addresses in the four languages of customers: English, Persian, Vietnamese, Russian."""
