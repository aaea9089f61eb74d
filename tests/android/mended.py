"""What the declarations do not say: which `number` is a long, which `string` a CharSequence.

By rule, where Android's naming is a rule, and by member where it is not; the source of each is
the member's own page in https://developer.android.com/reference. Whatever no line names is an int,
a String or an array.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

PARAMETERS = (
    # Moments and spans are long, sizes of files too.
    (r".*(Millis|TimeMs|Ns|Nanos|timeMs|durationMs|realtimeMs)$", "long"),
    (r"(when|updateTime|expiration|lengthBytes|offsetBytes|sizeBytes|networkHandle)$", "long"),
    (r"(serialNumber|longVersionCode|pollFrequency|id64|byteCount|eventTime|downTime)$", "long"),
    # Places on the globe are double, distances and accuracies float.
    (r"(start|end)?(latitude|longitude)(Degrees)?$", "double"),
    (r"(altitudeMeters|mslAltitudeMeters|fps)$", "double"),
    (r"(minDistanceM|radius|zoom|amount|elevation|desiredHeadroom|bearing.*)$", "float"),
    (r"(.*AccuracyMeters|speed.*|hsv|leftVolume|rightVolume)$", "float"),
    (r"(attestationChallenge|certificate|signature|cookie)$", "byte"),
    # Sound, by the names of the parameters that say how much of it.
    (r"audioData\(.*InBytes", "byte"),
    (r"audioData\(.*InShorts", "short"),
    (r"audioData\(.*InFloats", "float"),
)  # fmt: skip
"""By a parameter's name, alone or with those of all in brackets; in any class."""

RETURNS = (
    (r"get.*(Millis|Nanos)$|getTime$|getLong(Extra|Property|VersionCode)?$", "long"),
    (r"get(EventTime|DownTime|NetworkHandle|AvailableBytes|FreeBytes|TotalBytes)$", "long"),
    (r"computeChargeTimeRemaining$|getGeneration$|getTimeoutAfter$|getStatSize$", "long"),
    (r"get(Latitude|Longitude|Altitude|MslAltitudeMeters|Double|DoubleExtra)$", "double"),
    (r"get(Accuracy|Bearing|Speed|Float|FloatExtra|.*AccuracyMeters|.*AccuracyDegrees)$", "float"),
    (r"(bearingTo|distanceTo|luminance|getThermalHeadroom|getSpeedAccuracy.*)$", "float"),
    (r"get(Byte|ByteExtra)$", "byte"),
    (r"get(Short|ShortExtra)$", "short"),
    (r"(getByteArray(Extra)?|getBlob|toByteArray|getAttestationChallenge)$", "byte[]"),
    (r"getLongArray(Extra)?$|getVibrationPattern$", "long[]"),
    (r"getFloatArray(Extra)?$", "float[]"),
    (r"getDoubleArray(Extra)?$", "double[]"),
    (r"charAt$", "char"),
    (r"(getText|getContentText|getTitle|getLabel|loadLabel)$", "CharSequence"),
)
"""By a method's name, in any class."""

MEMBERS: dict[str, dict[str, str]] = {
    # Of a span in milliseconds, here an int: the method's own page.
    "android.net.ConnectivityManager.requestNetwork": {"timeoutMs": "int"},
    "android.app.Notification$Builder.setContentTitle": {"title": "CharSequence"},
    "android.app.Notification$Builder.setContentText": {"text": "CharSequence"},
    "android.app.NotificationChannel.constructor": {"name": "CharSequence"},
    "android.app.NotificationChannel.setName": {"name": "CharSequence"},
    "android.app.NotificationChannel.setVibrationPattern": {"vibrationPattern": "long[]"},
    "android.app.Notification$Builder.setVibrate": {"pattern": "long[]"},
    "android.os.PowerManager$WakeLock.acquire": {"timeout": "long"},
    "android.os.BaseBundle.getLong": {"defaultValue": "long"},
    "android.os.BaseBundle.putLong": {"value": "long"},
    "android.os.BaseBundle.getDouble": {"defaultValue": "double"},
    "android.os.BaseBundle.putDouble": {"value": "double"},
    "android.os.BaseBundle.putByteArray": {"value": "byte[]"},
    "android.os.BaseBundle.putLongArray": {"value": "long[]"},
    "android.os.BaseBundle.putDoubleArray": {"value": "double[]"},
    "android.os.Bundle.putByteArray": {"value": "byte[]"},
    "android.os.Bundle.putFloat": {"value": "float"},
    "android.os.Bundle.getFloat": {"defaultValue": "float"},
    "android.os.Bundle.putFloatArray": {"value": "float[]"},
    "android.os.Bundle.putShort": {"value": "short"},
    "android.os.Bundle.putByte": {"value": "byte"},
    "android.os.Bundle.putCharSequence": {"value": "CharSequence"},
    "android.content.Intent.getLongExtra": {"defaultValue": "long"},
    "android.content.Intent.getFloatExtra": {"defaultValue": "float"},
    "android.content.Intent.getDoubleExtra": {"defaultValue": "double"},
    "android.content.Intent.getShortExtra": {"defaultValue": "short"},
    "android.content.Intent.getByteExtra": {"defaultValue": "byte"},
    "android.content.Intent.createChooser": {"title": "CharSequence"},
    "android.provider.Settings$Global.getLong": {"def": "long"},
    "android.provider.Settings$Global.putLong": {"value": "long"},
    "android.provider.Settings$Global.getFloat": {"def": "float"},
    "android.provider.Settings$Secure.getLong": {"def": "long"},
    "android.provider.Settings$Secure.getFloat": {"def": "float"},
    "android.media.MediaRecorder.setMaxFileSize": {"param0": "long"},
    "android.media.MediaRecorder.setLocation": {"latitude": "float", "longitude": "float"},
    "android.location.LocationManager.addProximityAlert": {"radius": "float"},
    "android.location.Location.setElapsedRealtimeUncertaintyNanos": {
        "elapsedRealtimeUncertaintyNs": "double"
    },
    "android.location.Location.getElapsedRealtimeUncertaintyNanos": {"return": "double"},
    "android.content.pm.Signature.constructor": {"signature": "byte[]"},
    "android.hardware.SensorEvent.values": {"return": "float[]"},
    "android.hardware.SensorEvent.timestamp": {"return": "long"},
    "android.widget.Toast.makeText": {"text": "CharSequence"},
    "android.widget.TextView.setText": {"text": "CharSequence"},
    "android.app.Activity.setTitle": {"title": "CharSequence"},
    "android.app.Activity.findViewById": {"return": "android.view.View"},
    "android.bluetooth.BluetoothGattCharacteristic.setValue": {"value": "byte[]"},
    "android.bluetooth.BluetoothGattCharacteristic.getValue": {"return": "byte[]"},
    "android.bluetooth.BluetoothGattDescriptor.setValue": {"value": "byte[]"},
    "android.bluetooth.BluetoothGattDescriptor.getValue": {"return": "byte[]"},
    "android.bluetooth.BluetoothGattDescriptor.DISABLE_NOTIFICATION_VALUE": {"return": "byte[]"},
    "android.bluetooth.BluetoothGattDescriptor.ENABLE_INDICATION_VALUE": {"return": "byte[]"},
    "android.bluetooth.BluetoothGattDescriptor.ENABLE_NOTIFICATION_VALUE": {"return": "byte[]"},
    "android.hardware.usb.UsbDeviceConnection.bulkTransfer": {"buffer": "byte[]"},
    "android.hardware.usb.UsbDeviceConnection.controlTransfer": {"buffer": "byte[]"},
    "android.content.Intent.getParcelableExtra": {"return": "<T extends android.os.Parcelable> T"},
    "android.content.res.Configuration.getLocales": {"return": "android.os.LocaleList"},
    "android.util.SparseArray.get": {"return": "E"},
    "android.view.PointerIcon.create": {"return": "android.view.PointerIcon"},
    "android.view.inputmethod.BaseInputConnection.commitText": {"text": "CharSequence"},
    "android.view.inputmethod.BaseInputConnection.setComposingText": {"text": "CharSequence"},
    "android.view.inputmethod.InputConnection.commitText": {
        "param0": "CharSequence", "text": "CharSequence",
    },
    "android.view.inputmethod.InputConnection.setComposingText": {
        "param0": "CharSequence", "text": "CharSequence",
    },
    "android.widget.ArrayAdapter.getItem": {"return": "T"},
}  # fmt: skip
"""By a member, where no rule holds."""

THROWS = {
    "android.content.pm.PackageManager.getApplicationInfo": (
        "android.content.pm.PackageManager.NameNotFoundException"
    ),
}
"""What must be caught, of what is compiled against: the declarations name no exception."""

VARARGS = {
    "android.security.keystore.KeyGenParameterSpec$Builder.setBlockModes",
    "android.security.keystore.KeyGenParameterSpec$Builder.setEncryptionPaddings",
    "android.security.keystore.KeyGenParameterSpec$Builder.setDigests",
    "android.security.keystore.KeyGenParameterSpec$Builder.setSignaturePaddings",
    "android.security.keystore.KeyGenParameterSpec$Builder.setMgf1Digests",
    "android.content.Context.getString",
    "android.app.Notification$Builder.setActions",
    "android.os.AsyncTask.execute",
    "android.os.AsyncTask.doInBackground",
    "android.os.AsyncTask.onProgressUpdate",
    "android.os.AsyncTask.publishProgress",
}
"""Whose last parameter is written with three dots."""

EXPANDED: dict[str, dict[str, tuple[str, ...]]] = {
    "android.content.Intent.putExtra": {
        "number": ("byte", "short", "int", "long", "float", "double"),
        "string": ("String", "char"),
        "string | null": ("String", "CharSequence"),
        "androidNative.Array<number> | null": (
            "byte[]", "short[]", "int[]", "long[]", "float[]", "double[]",
        ),
        "androidNative.Array<string> | null": ("String[]", "char[]", "CharSequence[]"),
    },
}  # fmt: skip
"""Overloads that the declarations have as one."""

PROTECTED = {
    f"{owner}.{member}"
    for owner in ("android.app.Activity",)
    for member in (
        "onCreate onStart onRestart onResume onPause onStop onDestroy onNewIntent onPostCreate"
        " onPostResume onSaveInstanceState onRestoreInstanceState onActivityResult onUserLeaveHint"
        " onTitleChanged onCreateDialog onPrepareDialog onChildTitleChanged onApplyThemeResource"
    ).split()
}
PROTECTED |= {
    "android.content.ContextWrapper.attachBaseContext",
    "android.view.ContextThemeWrapper.attachBaseContext",
    "android.view.ContextThemeWrapper.onApplyThemeResource",
    "android.app.Application.attachBaseContext",
    "android.app.Service.attachBaseContext",
}
PROTECTED |= {
    f"android.os.AsyncTask.{member}"
    for member in ("doInBackground", "onPostExecute", "onPreExecute", "onProgressUpdate",
                   "onCancelled", "publishProgress")
}  # fmt: skip
PROTECTED |= {
    f"android.view.{owner}.{member}"
    for owner in ("View", "SurfaceView", "ViewGroup")
    for member in (
        "onMeasure onLayout onDraw onSizeChanged onAttachedToWindow onDetachedFromWindow"
        " dispatchDraw onWindowVisibilityChanged onVisibilityChanged"
    ).split()
    if member != "onLayout" or owner != "SurfaceView"
} - {"android.view.SurfaceView.onLayout"}
"""The declarations call all public; a subclass that says protected would not compile."""


def types_of(owner: str, member: str) -> dict[str, str]:
    """Return {parameter, or `return`: Java's type} of what is said of a member by itself."""
    return MEMBERS.get(f"{owner}.{member}", {})


def parameter(name: str, names: Sequence[str]) -> str:
    """Return Java's type of a number by its parameter's name, or nothing."""
    shown = (name, f"{name}({','.join(names)})")
    return next(
        (kind for rule, kind in PARAMETERS if any(re.match(rule, one) for one in shown)), ""
    )


def returned(member: str) -> str:
    """Return Java's type of what a method by this name gives, or nothing."""
    return next((kind for rule, kind in RETURNS if re.match(rule, member)), "")
