"""Where the jobs of a search run: here one after the other, in processes, or on a cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pipeline.core.extras import needs
from pipeline.core.stopping import Stop
from pipeline.tune.jobs import Jobs
from pipeline.tune.records import Trial
from pipeline.tune.settings import Launcher
from pipeline.tune.work import Task, work, work_alone


def batches(count: int, workers: int) -> Iterator[range]:
    """The numbers of jobs that are drawn and run together. The first is alone: what models say
    in it, the others need not ask again."""
    yield range(min(count, 1))
    for start in range(1, count, workers):
        yield range(start, min(start + workers, count))


class Launch:
    """Runs tasks; `jobs` are those of this process, `submitit` what its executor is told.

    Raises:
        ConfigError: the launcher is not installed.
    """

    def __init__(
        self,
        launcher: Launcher,
        workers: int,
        submitit: Mapping[str, object],
        jobs: Jobs,
        stop: Stop,
    ) -> None:
        self._launcher, self._workers = launcher, workers
        self._submitit = dict(submitit)
        self._jobs, self._stop = jobs, stop
        if launcher != "local":
            with needs(launcher, launcher):
                __import__(launcher)

    def close(self) -> None:
        """End the processes that wait for more tasks."""
        if self._launcher == "joblib":
            from joblib.externals.loky import get_reusable_executor

            get_reusable_executor().shutdown(wait=True)

    def __call__(self, tasks: Sequence[Task]) -> Iterator[Trial]:
        """The trials of these tasks in their order, each as soon as it and those before are done.

        Raises:
            StoppedError: an end was asked for, here or of the process of a task.
        """
        # The same run in two processes at once: one of them would be refused.
        apart = {task.words: task for task in reversed(tasks)}
        together = [task for task in tasks if apart[task.words] is task]
        done = {trial.number: trial for trial in self._elsewhere(together)}
        for task in tasks:
            if task.number not in done:
                self._stop.check()
            yield done.get(task.number) or work(task, self._jobs)

    def _elsewhere(self, tasks: Sequence[Task]) -> Sequence[Trial]:
        if self._launcher == "local" or len(tasks) < 2:
            return ()
        if self._launcher == "joblib":
            from joblib import Parallel, delayed

            found = Parallel(n_jobs=self._workers)(delayed(work_alone)(task) for task in tasks)
            return list(found)
        import submitit

        folder: Path = tasks[0].search / "submitit"
        executor = submitit.AutoExecutor(folder=folder, cluster=self._submitit.get("cluster"))
        given = {name: value for name, value in self._submitit.items() if name != "cluster"}
        executor.update_parameters(**given)
        return [job.result() for job in [executor.submit(work_alone, task) for task in tasks]]
