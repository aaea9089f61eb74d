import traceback

from android.config import ACTIVITY_CLASS_NAME
from jnius import PythonJavaClass, autoclass, java_method

_PythonActivity = autoclass(ACTIVITY_CLASS_NAME)
__functionstable__ = {}


class Runnable(PythonJavaClass):
    __javainterfaces__ = ["java/lang/Runnable"]
    __runnables__ = []

    def __init__(self, func):
        super().__init__()
        self.func = func

    def __call__(self, *args, **kwargs):
        self.args = args
        self.kwargs = kwargs
        Runnable.__runnables__.append(self)
        _PythonActivity.mActivity.runOnUiThread(self)

    @java_method("()V")
    def run(self):
        try:
            self.func(*self.args, **self.kwargs)
        except:
            traceback.print_exc()
        Runnable.__runnables__.remove(self)


def run_on_ui_thread(f):
    if f not in __functionstable__:
        __functionstable__[f] = {"rfunction": Runnable(f)}
    rfunction = __functionstable__[f]["rfunction"]

    def f2(*args, **kwargs):
        rfunction(*args, **kwargs)

    return f2
