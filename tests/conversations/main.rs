//! Conversations over real sockets, each with one worker and rooms in memory, and with four and a durable history, unless
//! the test says otherwise.

/// Makes each function a test that runs with one worker and with four.
macro_rules! with_workers {
    ($($name:ident),* $(,)?) => {
        mod one_worker {
            $( #[test] fn $name() { super::$name(1); } )*
        }

        mod four_workers {
            $( #[test] fn $name() { super::$name(4); } )*
        }
    };
}

mod bounds;
mod codes;
mod crowd;
mod dialogues;
mod durable;
mod fair;
mod faults;
mod foreign;
mod full_load;
mod history;
mod messages;
mod names;
mod opening;
mod plain;
mod private;
mod rooms;
mod search;
mod shutdown;
mod slow;
mod smoke;
mod states;
