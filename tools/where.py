"""Says whether the pages are for this machine alone: `local` or `public`.

A wrong setting is named in one sentence, with exit status 1.
"""

import sys

from school.settings import Settings, SettingsError

try:
    settings = Settings.from_environment()
except SettingsError as error:
    sys.exit(str(error))
print("local" if settings.is_local else "public")
