"""What the API takes and gives: JSON names are the columns' names."""
