"""browse: a page opened in the Chromium that is installed, which reaches nothing by itself (decision 0026).

Every request that the page makes is told to the caller (`Asked`), who answers it or does not; what comes back is the
document as the browser built it, and a picture. `budget` says what is asked for at all, `processes` sees that nothing
of the browser outlives its page, `chromium` drives it.
"""

from tuoben.browse.budget import Answer, Asked, Limits, Rendered
from tuoben.browse.chromium import Chromium, open_page

__all__ = ["Answer", "Asked", "Chromium", "Limits", "Rendered", "open_page"]
