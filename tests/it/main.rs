//! Behaviour, over real HTTP against the sandbox.
