"""Data, training, evaluation and the served classifier. It imports neither Django nor Celery."""
