//! repr(C) mirror of include/aftercare_plugin.h, ABI v1
