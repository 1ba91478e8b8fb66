"""`ess audit` sees a loss, a doubling and an alteration, each counted exactly: the hub's database and
the ledger are tampered with, one value at a time."""
import contextlib
import json
import pathlib
import shutil
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lib"))
from trial import Plant, agrees, check, report, wait_until  # noqa: E402

CELLS = 260
POWER = 60


def rows(db, ns, name):
    """(series, ts, report, value, scale) of a point, in order of time; arrays as JSON text."""
    return db.execute(
        "SELECT p.series, p.ts, p.report, p.value, p.scale FROM sample p"
        " JOIN series s ON s.id = p.series WHERE s.ns = ? AND s.name = ?"
        " ORDER BY p.ts, p.report", (ns, name)).fetchall()


def heartbeats(db):
    """A point that moves with each reading."""
    return rows(db, "CAB01/PCS", "hb")


def cells(db):
    return rows(db, "CAB01/BMS/C1", "cellV")


def middle(found):
    check(len(found) >= 3, "there is a sample between others", len(found))
    return found[len(found) // 2]


def delete(db, row):
    db.execute("DELETE FROM sample WHERE series = ? AND ts = ? AND report = ?", row[:3])


def change(db, row, what, value):
    db.execute(f"UPDATE sample SET {what} = ? WHERE series = ? AND ts = ? AND report = ?",
               (value, *row[:3]))


def double(db, row):
    """The same value once more, under another n."""
    grp, sid = db.execute("SELECT grp, sid FROM report WHERE id = ?", (row[2],)).fetchone()
    (n,) = db.execute("SELECT max(n) + 1 FROM report WHERE grp = ? AND sid = ?",
                      (grp, sid)).fetchone()
    added = db.execute(
        "INSERT INTO report(grp, sid, n, type, ns, ts, stored)"
        " SELECT grp, sid, ?, type, ns, ts, stored FROM report WHERE id = ?", (n, row[2]))
    db.execute(
        "INSERT INTO sample(series, ts, report, value, scale, quality)"
        " SELECT series, ts, ?, value, scale, quality FROM sample"
        " WHERE series = ? AND ts = ? AND report = ?", (added.lastrowid, *row[:3]))


def standing(db):
    """The one sample of a set-point that stood for all of the trial: its readings after the first
    had not to be reported."""
    (row,) = [r for r in rows(db, "CAB01/PCS", "pSetEcho") if r[3] == POWER]
    return row


def change_cell(db):
    row = middle(cells(db))
    values = json.loads(row[3])
    values[17] += 1
    change(db, row, "value", json.dumps(values, separators=(",", ":")))


def invent(db):
    """A series of a point that was never served."""
    row = middle(heartbeats(db))
    (grp,) = db.execute("SELECT grp FROM series WHERE id = ?", row[:1]).fetchone()
    made = db.execute("INSERT INTO series(grp, ns, name) VALUES(?, 'CAB01/PCS', 'xMade')", (grp,))
    db.execute("INSERT INTO sample(series, ts, report, value, scale, quality)"
               " VALUES(?, ?, ?, 1, 0, 0)", (made.lastrowid, row[1], row[2]))


# What the hub keeps beside each series of its samples; the tampering is to be with those alone.
EXTENTS = """UPDATE series SET (samples, first_ts, last_ts) =
 (SELECT count(*), coalesce(min(ts), 0), coalesce(max(ts), 0) FROM sample p WHERE p.series = series.id),
 last_report = coalesce((SELECT report FROM sample p WHERE p.series = series.id
  ORDER BY ts DESC, report DESC LIMIT 1), 0)"""

# (what is done to the database, lost, duplicated, altered)
DATABASE = [
    ("nothing", lambda db: None, 0, 0, 0),
    ("a value deleted", lambda db: delete(db, middle(heartbeats(db))), 1, 0, 0),
    ("a value deleted that stood for long", lambda db: delete(db, standing(db)), 1, 0, 0),
    ("the last value deleted", lambda db: delete(db, heartbeats(db)[-1]), 1, 0, 0),
    ("an array dropped", lambda db: delete(db, middle(cells(db))), CELLS, 0, 0),
    ("a value doubled", lambda db: double(db, middle(heartbeats(db))), 0, 1, 0),
    ("an array doubled", lambda db: double(db, middle(cells(db))), 0, CELLS, 0),
    ("a value changed", lambda db: change(db, middle(heartbeats(db)), "value", 30000), 0, 0, 1),
    ("a value changed that stood for long",
     lambda db: change(db, standing(db), "value", 30000), 0, 0, 1),
    ("a decimal point moved", lambda db: change(db, middle(heartbeats(db)), "scale", 1), 0, 0, 1),
    ("a cell of an array changed", change_cell, 0, 0, 1),
    ("a value set to null",
     lambda db: change(db, middle(heartbeats(db)), "scale = NULL, value", "null"), 1, 0, 0),
    ("a value moved in time",
     lambda db: change(db, middle(heartbeats(db)), "ts", middle(heartbeats(db))[1] + 3000),
     1, 0, 1),
    ("a value never served", invent, 0, 0, 1),
]


@contextlib.contextmanager
def hub_on_copy(plant, tamper):
    """A hub on a tampered copy of the stopped hub's data."""
    copy = plant.dir / "hub-copy"
    shutil.copytree(plant.dir / "hub", copy)
    with contextlib.closing(sqlite3.connect(copy / "hub.db")) as db, db:
        tamper(db)
        db.execute(EXTENTS)
    config = plant.dir / "hub-copy.yaml"
    config.write_text((plant.dir / "hub.yaml").read_text().replace(f"{plant.dir}/hub\n",
                                                                   f"{copy}\n"))
    plant.programs["hub"].argv[-1] = str(config)
    plant.restart("hub")
    yield
    check(plant.programs["hub"].stop() == 0, "the hub ends well")
    shutil.rmtree(copy)


def counts(result):
    return result["lost"], result["duplicated"], result["altered"]


def tampered_database(plant):
    for name, tamper, *wanted in DATABASE:
        with hub_on_copy(plant, tamper):
            result = plant.audit()
            done = plant.run("audit", plant.ledger("SH001"))
        check(counts(result) == tuple(wanted), f"{name}: lost, duplicated, altered {wanted}",
              result)
        check((done.returncode == 0) == (sum(wanted) == 0), f"{name}: the exit code",
              done.returncode, done.stdout)
        check(bool(result["examples"]) == (sum(wanted) > 0), f"{name}: an example", result)


def with_line(lines, at, change):
    line = json.loads(lines[at])
    change(line["v"])
    return "\n".join([*lines[:at], json.dumps(line, separators=(",", ":")), *lines[at + 1:]]) + "\n"


def tampered_ledger(plant):
    """The same from the other side: what was served is another."""
    ledger = plant.ledger("SH001")
    good = ledger.read_text()
    lines = good.splitlines()
    beats = [i for i, line in enumerate(lines) if '"PCS/hb":' in line]
    at = beats[len(beats) // 2]
    with hub_on_copy(plant, lambda db: None):
        # The heartbeat alone: of a value that moves and then stands, as power does in its ramp,
        # the audit would rightly miss a report behind the place where it is taken away.
        ledger.write_text(with_line(lines, at, lambda served: served.pop("PCS/hb")))
        gone = plant.audit()
        ledger.write_text(with_line(lines, at, lambda served: served.update(
            {"PCS/hb": served["PCS/hb"] + 1})))
        other = plant.audit()
        ledger.write_text(good)
        agrees(plant)
    check(counts(gone) == (0, 0, 1), "stored, but not served any more", gone)
    check(counts(other) == (0, 0, 1), "served another value", other)


def set_power(plant, power):
    code, final = plant.command("SH001", "power.set", f"p={power}", "rvt=3600")
    check(code == 0, "the cabinet takes a power", final)


def main():
    with Plant(cabinets=1) as plant:
        plant.start()
        set_power(plant, POWER)
        wait_until(lambda: plant.stored("SH001").get("CAB01/BMS/C1/cellV", 0) >= 3,
                   "three arrays of cells", 40)
        set_power(plant, 0)
        plant.stop_agents()
        check(plant.programs["hub"].stop() == 0, "the hub ends well")
        tampered_database(plant)
        tampered_ledger(plant)
    report("audit")


main()
