//! Faults: every operation on our files fails, is cut short, or is the last thing that the process
//! does; and what must be true afterwards is true (`../shared/checks/faults.md`).

mod below;
mod crash;
mod damage;
mod failing;
mod scene;
