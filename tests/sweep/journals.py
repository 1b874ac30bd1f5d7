"""Lines of journals."""


def step(phase, epoch, number, loss):
    return {"time": 1.0, "event": "step", "phase": phase, "epoch": epoch, "step": number, "lr": 0.1, "losses": {"loss": loss}}


def epoch(phase, number, steps, loss):
    return {"time": 1.0, "event": "epoch", "phase": phase, "epoch": number, "step": steps, "losses": {"loss": loss}}
