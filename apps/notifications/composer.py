"""From a notification to a mail: the words are in templates/."""

from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from apps.notifications.notification import MailRefused, Notification
from apps.users.client import Contact

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    undefined=StrictUndefined,
    autoescape=False,  # plain text, not HTML
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["money"] = lambda cents: f"{cents / 100:,.2f}"


class MailComposer:
    """`sender` as in a From header. The part behind its @ also ends every Message-ID."""

    def __init__(self, sender: str) -> None:
        name, address = parseaddr(sender)
        self._sender = Address(name, addr_spec=address)

    def compose(self, notification: Notification, contact: Contact) -> EmailMessage:
        subject, _, text = _render(notification, contact).partition("\n")
        mail = EmailMessage()
        mail["From"] = self._sender
        mail["To"] = _address(contact)
        mail["Subject"] = subject.removeprefix("Subject: ")
        mail["Date"] = format_datetime(notification.occurred_at)
        mail["Message-ID"] = f"<{notification.id}@{self._sender.domain}>"
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence notice answers it
        mail.set_content(text.lstrip("\n"))
        return mail


def _render(notification: Notification, contact: Contact) -> str:
    template = _TEMPLATES.get_template(f"{notification.template}.txt")
    return template.render(notification.variables, name=contact.name, order_id=notification.order_id)


def _address(contact: Contact) -> Address:
    local, _, domain = contact.email.rpartition("@")
    try:
        return Address(contact.name, addr_spec=f"{local}@{domain.encode('idna').decode()}")
    except (MessageError, ValueError, IndexError):  # the last is how the parser ends on an empty domain
        # Without its cause: that quotes the address, and what is logged must hold no personal data.
        raise MailRefused("mail", "the address does not fit into a mail") from None
