### Converting, loading and measuring models.
