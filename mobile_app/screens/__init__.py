"""One folder for each screen: a presenter that is tested without Kivy, and a thin view."""
