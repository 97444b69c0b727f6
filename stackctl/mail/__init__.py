"""The mail sink: a server that keeps every mail as a file, and the mailbox that reads them."""
