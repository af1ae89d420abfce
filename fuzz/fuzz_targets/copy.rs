#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    multischema_fuzz::read("copy", data);
});
