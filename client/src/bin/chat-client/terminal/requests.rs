//! What was asked of the server and is not answered yet.

use std::collections::VecDeque;
use std::future::pending;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::task::{JoinSet, unconstrained};

/// Requests under way, each of which comes to an answer.
pub(crate) struct Requests<T> {
    under_way: JoinSet<T>,
    answered: VecDeque<T>,
}

impl<T: Send + 'static> Requests<T> {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self { under_way: JoinSet::new(), answered: VecDeque::new() }
    }

    /// Begins a request. Requests reach the library in the order in which they are begun, although nobody waits here:
    /// each takes its place in the library's queue when it is first polled.
    pub(crate) fn begin(&mut self, request: impl Future<Output = T> + Send + 'static) {
        let mut request = Box::pin(unconstrained(request));
        match Pin::new(&mut request).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => self.answered.push_back(answer),
            Poll::Pending => {
                self.under_way.spawn(request);
            }
        }
    }

    /// The next answer. It is cancel-safe, and waits for ever if nothing is under way.
    pub(crate) async fn next(&mut self) -> T {
        loop {
            if let Some(answer) = self.answered.pop_front() {
                return answer;
            }
            match self.under_way.join_next().await {
                Some(Ok(answer)) => return answer,
                // A task that was cancelled or has failed answers nothing.
                Some(Err(_)) => {}
                None => pending().await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn requests_take_their_places_in_the_order_in_which_they_are_begun() {
        let (queue, mut taken) = mpsc::channel(2);
        let mut requests = Requests::new();
        for number in 0..100 {
            let queue = queue.clone();
            requests.begin(async move { queue.send(number).await });
        }
        for number in 0..100 {
            assert_eq!(taken.recv().await, Some(number));
            requests.next().await.expect("it is taken");
        }
    }
}
