from android.config import ACTIVITY_CLASS_NAME, ACTIVITY_CLASS_NAMESPACE
from jnius import PythonJavaClass, autoclass, java_method

_activity = autoclass(ACTIVITY_CLASS_NAME).mActivity

_callbacks = {"on_new_intent": [], "on_activity_result": []}


class NewIntentListener(PythonJavaClass):
    __javainterfaces__ = [ACTIVITY_CLASS_NAMESPACE + "$NewIntentListener"]
    __javacontext__ = "app"

    def __init__(self, callback, **kwargs):
        super().__init__(**kwargs)
        self.callback = callback

    @java_method("(Landroid/content/Intent;)V")
    def onNewIntent(self, intent):
        self.callback(intent)


class ActivityResultListener(PythonJavaClass):
    __javainterfaces__ = [ACTIVITY_CLASS_NAMESPACE + "$ActivityResultListener"]
    __javacontext__ = "app"

    def __init__(self, callback):
        super().__init__()
        self.callback = callback

    @java_method("(IILandroid/content/Intent;)V")
    def onActivityResult(self, requestCode, resultCode, intent):
        self.callback(requestCode, resultCode, intent)


def bind(**kwargs):
    for event, callback in kwargs.items():
        if event not in _callbacks:
            raise Exception(f"Unknown {event!r} event")
        if event == "on_new_intent":
            listener = NewIntentListener(callback)
            _activity.registerNewIntentListener(listener)
        else:
            listener = ActivityResultListener(callback)
            _activity.registerActivityResultListener(listener)
        _callbacks[event].append(listener)


def unbind(**kwargs):
    for event, callback in kwargs.items():
        if event not in _callbacks:
            raise Exception(f"Unknown {event!r} event")
        for listener in _callbacks[event][:]:
            if listener.callback == callback:
                _callbacks[event].remove(listener)
                if event == "on_new_intent":
                    _activity.unregisterNewIntentListener(listener)
                else:
                    _activity.unregisterActivityResultListener(listener)
