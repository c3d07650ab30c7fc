"""Values that everything may use: money, prices, ids, time, addresses. Plain Python, no input or output."""
