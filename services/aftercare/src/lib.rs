//! The aftercare binary: composition and command line
