from django.apps import AppConfig


class ResponsematrixConfig(AppConfig):
    name = "responsematrix"
