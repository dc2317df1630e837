"""What SQL is poor at, built once per release and held in memory."""
