"""Data, training, evaluation and the served classifier. Knows neither Django nor Celery."""
