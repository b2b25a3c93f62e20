"""Data, training, evaluation, and the served classifier, without Django and Celery."""
