"""A campaign that is started again runs only the cases that are missing."""

from cases import Outcome
from log import Log


def test_a_campaign_goes_on_where_it_ended(tmp_path):
    ran = []

    def case(seed):
        ran.append(seed)
        return Outcome("even" if seed % 2 == 0 else "odd", seed != 3, "broke" if seed == 3 else "")

    log = Log(tmp_path / "deep" / "c.jsonl")
    log.run(case, [0, 1])
    with log.path.open("a") as file:
        file.write('{"seed": 2, "ki')  # killed while it wrote
    # the incomplete line is not an outcome
    assert list(log.outcomes(range(4))) == [0, 1]
    log = Log(log.path)
    log.run(case, range(4))
    assert ran == [0, 1, 2, 3]
    assert log.outcomes(range(4))[3] == Outcome("odd", False, "broke")
    assert log.outcomes([7]) == {}
