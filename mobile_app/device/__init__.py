"""What only the device can do: ports, their adapters and their fakes.

A module a port. Each has a fake, which tests use, and one suite of what any of its adapters must
keep (`tests/mobile_app/test_device.py`), run on the fake and on what this machine has. Android's
classes are imported inside functions, so that every module loads anywhere.

Never run on a device: everything named `Android…`, and `java.py`. They run on the real pyjnius and
stubs of Android's classes (`tests/android`), which have its overloads and throw what it throws as
far as documents and its sources say. The camera's and the recorder's ways under a locked screen and
how long a cold receiver takes, are known from documents alone.
"""
