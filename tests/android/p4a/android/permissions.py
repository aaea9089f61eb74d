import threading

from android.config import ACTIVITY_CLASS_NAME, ACTIVITY_CLASS_NAMESPACE
from jnius import PythonJavaClass, autoclass, java_method

PERMISSION_GRANTED = 0


class _onRequestPermissionsCallback(PythonJavaClass):
    __javainterfaces__ = [ACTIVITY_CLASS_NAMESPACE + "$PermissionsCallback"]
    __javacontext__ = "app"

    def __init__(self, func):
        self.func = func
        super().__init__()

    @java_method("(I[Ljava/lang/String;[I)V")
    def onRequestPermissionsResult(self, requestCode, permissions, grantResults):
        self.func(requestCode, permissions, grantResults)


class _RequestPermissionsManager:
    _java_callback = None
    _callbacks = {1: None}
    _callback_id = 1
    _lock = threading.Lock()

    @classmethod
    def register_callback(cls):
        cls._java_callback = _onRequestPermissionsCallback(cls.python_callback)
        mActivity = autoclass(ACTIVITY_CLASS_NAME).mActivity
        mActivity.addPermissionsCallback(cls._java_callback)

    @classmethod
    def request_permissions(cls, permissions, callback=None):
        with cls._lock:
            if not cls._java_callback:
                cls.register_callback()
            mActivity = autoclass(ACTIVITY_CLASS_NAME).mActivity
            if not callback:
                mActivity.requestPermissions(permissions)
            else:
                cls._callback_id += 1
                mActivity.requestPermissionsWithRequestCode(permissions, cls._callback_id)
                cls._callbacks[cls._callback_id] = callback

    @classmethod
    def python_callback(cls, requestCode, permissions, grantResults):
        grant_results = [x == PERMISSION_GRANTED for x in grantResults]
        if cls._callbacks.get(requestCode):
            cls._callbacks[requestCode](permissions, grant_results)


def request_permissions(permissions, callback=None):
    _RequestPermissionsManager.request_permissions(permissions, callback)


def request_permission(permission, callback=None):
    request_permissions([permission], callback)


def check_permission(permission):
    mActivity = autoclass(ACTIVITY_CLASS_NAME).mActivity
    return bool(mActivity.checkCurrentPermission(permission + ""))
