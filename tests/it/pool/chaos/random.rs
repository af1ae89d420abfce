//! Numbers that are the same for the same seed.

use std::time::Duration;

/// splitmix64.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64, thread: usize) -> Self {
        let mut random = Self(seed ^ (thread as u64) << 32);
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    pub(super) fn one_in(&mut self, cases: usize) -> bool {
        self.below(cases) == 0
    }

    /// Small numbers more often.
    pub(super) fn skewed(&mut self, end: usize) -> usize {
        let limit = self.below(end) + 1;
        self.below(limit)
    }

    pub(super) fn time(&mut self, limit: Duration) -> Duration {
        limit * u32::try_from(self.below(100)).unwrap() / 100
    }
}
