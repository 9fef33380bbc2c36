from django.urls import path

from core import health, job_views

urlpatterns = [
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("jobs", job_views.jobs, name="jobs"),
    path("jobs/running", job_views.running_jobs, name="running_jobs"),
    path("jobs/<int:pk>/cancel", job_views.cancel_job, name="cancel_job"),
    path("jobs/<int:pk>/file", job_views.job_file, name="job_file"),
]
