"""What people, facts and the clock have done with mails."""
