"""How the application server runs. Read by gunicorn itself; PORT and the MICROBIZ_ variables are in README.md."""

import os

host = os.environ.get("MICROBIZ_BIND", "127.0.0.1")
bind = f"{host}:{os.environ.get('PORT', '8000')}"
wsgi_app = "microbiz.wsgi"
preload_app = True  # read once and shared by the workers, who come back at once when one is lost
worker_class = "gthread"
workers = int(os.environ.get("MICROBIZ_WORKERS", "2"))
threads = int(os.environ.get("MICROBIZ_THREADS", "4"))
graceful_timeout = 10
timeout = 60
keepalive = 5
control_socket_disable = True
# Heartbeats in memory: on a slow disk a worker would be taken for dead.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112 (nothing of ours is kept there; one question needs no pathlib)


def on_starting(server):
    """Refuse before the first socket is open: demo passwords are known to everybody."""
    from django.conf import settings

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "microbiz.settings")
    loopback = ("127.0.0.1:", "localhost:", "[::1]:")
    open_to_others = [address for address in server.cfg.bind if not address.startswith(loopback)]
    if settings.IS_DEMO and open_to_others:
        raise SystemExit(f"Demo mode listens on this machine only, not on {', '.join(open_to_others)}.")
