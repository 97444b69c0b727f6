"""Services on real connections, in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from flask import Flask
from werkzeug.serving import make_server

from apps import orders
from apps.orders.settings import Settings
from apps.products.client import ProductsClient
from apps.users.client import UsersClient
from chassis.database import Database
from chassis.http_client import HttpClient, Timeouts
from chassis.service import resolve

PATIENT = Timeouts(connect_s=5.0, read_s=10.0)


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The app on a port of its own while the block lasts; its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def orders_with(database_url: str, users_url: str, products_url: str, timeouts: Timeouts) -> Iterator[Flask]:
    users, products = HttpClient("users", users_url, timeouts), HttpClient("products", products_url, timeouts)
    settings = Settings(database_url, users_url, products_url, seed=False)
    app = orders.create_app(settings, UsersClient(users), ProductsClient(products))
    try:
        yield app
    finally:
        users.close()
        products.close()
        resolve(Database, app).close()
