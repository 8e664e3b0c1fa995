//! A local copy of the API to rehearse against.
