"""`python -m resnet_book.widgets.channel_mixer` stores the picture anew."""

import json

from .picture import FILE, portrait

FILE.write_text(json.dumps(portrait(), indent=1) + "\n", encoding="utf-8")
print(f"{FILE.name}: {FILE.stat().st_size:,} bytes")
