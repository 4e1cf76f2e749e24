//! Conversations over real sockets, each with one worker and with four.

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

mod dialogues;
mod history;
mod messages;
mod names;
mod opening;
mod plain;
mod private;
mod rooms;
mod smoke;
