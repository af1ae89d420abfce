//! What the tests of multischema share.
