"""Has the Jupyter server that reads this folder of settings leave out the widgets that strangers saved."""

import json
import sys
from pathlib import Path

file = Path(sys.argv[1] if sys.argv[1:] else Path(sys.prefix, "etc", "jupyter"), "jupyter_server_config.json")
settings = json.loads(file.read_text()) if file.exists() else {}
settings.setdefault("ServerApp", {})["contents_manager_class"] = "greenlatent.course.contents.Careful"
file.parent.mkdir(parents=True, exist_ok=True)
file.write_text(json.dumps(settings, indent=1) + "\n")
