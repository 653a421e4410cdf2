//! The edge: walks, reads, calls, writes and prints. The only module that does.
