//! What stands below the options in `--help`.

/// Of a run.
pub(super) const RUN: &str = "\
A TIME is such as 500ms, 10s or 2m.
An ASSERTION is FIGURE, one of < <= > >= == !=, and a value, such as 'p99<5ms',
'last.p99.9<=20ms', 'lost==0', 'rate>1M', 'server.memory<16KiB' or
'generator.cpu<50%'. An unknown figure is answered with all there are.
What a flag says goes before the --workload file, that before the --scenario, and
that before the --profile. Flags without `--` are the keys of a workload file.

Exit codes:
  0    all is well
  1    not clean: something was lost, repeated, reordered, corrupt, refused,
       unanswered or never sent, or a client was cut off
  2    the command line, a workload file or a baseline is wrong
  3    no server answers, not every client could join, or a worker is missing
  4    an assertion does not hold, or a figure is worse than the baseline allows
  5    the run is invalid: the generator was the bottleneck
  130  interrupted before the first message
Where several fit: 1 goes before 5, and 5 before 4. Interrupted later, a run ends
with the report of what was until then.
A ramp exits 0 when it has found a rate that the server sustains. A comparison
exits with the worst of its rounds, and 3 before 1.

Examples:
  loadgen --spawn                                 1,000 clients, 20 messages/s, 10 s
  loadgen --target HOST:PORT --clients 5000       against a server elsewhere
  loadgen --target spawn:redis                    one that is installed here
  loadgen --spawn --profile saturate              as fast as the slowest receiver
  loadgen --spawn --profile ramp --clients 100    the highest rate that it sustains
  loadgen --spawn --assert 'p99<20ms' --json FILE in a pipeline
  loadgen --spawn --baseline FILE                 worse than a run before?
  loadgen --spawn -- --workers 1                  options for the server
  loadgen compare spawn:fanfare spawn:nats        one server beside another
  loadgen compare spawn:fanfare spawn:fanfare+history
                                                  what a durable history costs
  loadgen merge A.json B.json                     one run of several that were saved
  loadgen --workers-listen 0.0.0.0:9300 --workers 2 --target HOST:PORT
                                                  one run of three processes;
  loadgen --join HOST:9300                        … and on the two other hosts
  loadgen list                                    profiles and scenarios";

/// Of a comparison.
pub(super) const COMPARE: &str = "\
Each target runs once in each round, in an order that rotates. The table has each
figure's median and range over the rounds, and its ratio to that of the first target:
the median and range of the ratios within each round, so that what changes from
round to round on this machine cancels out. A spawn: target is started anew for
each round.

It exits with the worst of its rounds; `loadgen --help` has the exit codes.

Examples:
  loadgen compare spawn:fanfare spawn:nats nats://10.0.0.7 --clients 500
  loadgen compare spawn:fanfare spawn:fanfare+history spawn:fanfare+history-sync
  loadgen compare HOST:PORT HOST:PORT --scenario broadcast-1-1000 --markdown FILE";
