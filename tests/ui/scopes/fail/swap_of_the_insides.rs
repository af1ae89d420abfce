// Two tenants' connections cannot change places.

use std::mem;

use multischema::{SessionHandle, TenantConnection};

fn swap<H: SessionHandle>(a: &mut TenantConnection<H>, b: &mut TenantConnection<H>) {
    mem::swap(&mut **a, &mut **b);
}

fn main() {}
