//! The wire: generated messages, clients and servers of every Aftercare service
