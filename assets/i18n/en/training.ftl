### Data, training and evaluation.
