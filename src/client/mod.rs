//! Talks to the service over HTTP.
