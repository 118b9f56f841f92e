"""archdsl: convolutional networks as they stand in the paper."""
