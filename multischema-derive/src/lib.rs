//! The derive macro of `multischema`.
