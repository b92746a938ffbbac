# ctest: timeout 300
"""Every command has a manual page that man can show, and every shell completes its options."""
import pathlib
import re

from portolan_scenario import Scenario, main, portolan, run_command

ROOT = pathlib.Path(__file__).resolve().parents[3]


def listed():
    """The commands' words, by the name of the page."""
    commands = portolan("manual", "--list").stdout.splitlines()
    return {each.replace(" ", "-"): each.split()[1:] for each in commands}


class Manuals(Scenario):
    def test_every_command_has_a_page(self):
        pages = listed()
        self.assertIn("portolan-key-roll", pages)
        self.assertGreater(len(pages), 30)
        for page, words in pages.items():
            text = portolan("manual", *words).stdout
            (self.folder / f"{page}.adoc").write_text(text + self.written(page))
        made = run_command("asciidoctor", "-b", "manpage", "--failure-level", "WARN", "-D", self.folder,
                           *sorted(self.folder.glob("*.adoc")), seconds=120)
        self.assertEqual((made.returncode, made.stderr), (0, ""))
        for page, words in pages.items():
            with self.subTest(page):
                shown = run_command("groff", "-man", "-Tutf8", "-P-c", "-ww", self.folder / f"{page}.1")
                self.assertEqual((shown.returncode, shown.stderr), (0, ""))
                text = re.sub(r".\x08", "", shown.stdout)
                for heading in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS"):
                    self.assertIn(heading, text)
                helped = portolan(*words, "--help").stdout
                for option in re.findall(r"^  (?:-\w,)?(--[a-z-]+)", helped, re.M):
                    self.assertIn(option, text)
        self.assertEqual(portolan("manual", "nonsense").returncode, 2)

    @staticmethod
    def written(page):
        file = ROOT / "docs" / "man" / f"{page}.adoc"
        return "\n" + file.read_text() if file.exists() else ""

    def test_what_is_written_by_hand_belongs_to_a_page(self):
        files = {each.stem for each in (ROOT / "docs" / "man").glob("*.adoc")}
        self.assertEqual(files - set(listed()), set())


QUESTIONS = [  # what was typed, some of what is offered, what is not
    (["se"], ["serve"], ["check"]),
    (["serve", "--log-f"], ["--log-format"], ["--listen"]),
    (["serve", "--log-format", ""], ["human", "json"], ["serve"]),
    (["key", ""], ["roll", "list"], ["serve"]),
    (["key", "roll", "--st"], ["--state"], ["--listen"]),
    (["serve", "--listen", "1.2.3.4:53", "--tls-c"], ["--tls-certificate", "--tls-client-ca"], ["--listen"]),
]


class Completion(Scenario):
    def check(self, offered_for):
        for typed, offered, not_offered in QUESTIONS:
            with self.subTest(typed):
                found = offered_for(typed)
                self.assertEqual(set(offered) - set(found), set(), found)
                self.assertEqual(set(not_offered) & set(found), set(), found)

    def script(self, shell):
        printed = portolan("completion", shell)
        self.assertEqual(printed.returncode, 0, printed.stderr)
        return self.write(f"_portolan.{shell}", printed.stdout)

    def test_bash(self):
        script = self.script("bash")

        def offered(typed):
            words = " ".join(f"'{each}'" for each in ["portolan", *typed])
            asked = run_command("bash", "-c", f". {script}; COMP_WORDS=({words}); COMP_CWORD={len(typed)}; "
                                f"_portolan; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
            self.assertEqual(asked.stderr, "")
            return asked.stdout.split()
        self.check(offered)

    def test_fish(self):
        script = self.script("fish")

        def offered(typed):
            line = " ".join(["portolan", *typed])
            asked = run_command("fish", "--no-config", "-c", f"source {script}; complete -C '{line}'",
                                env={"HOME": str(self.folder), "PATH": "/usr/bin:/bin"})
            self.assertEqual(asked.returncode, 0, asked.stderr)
            return [each.split("\t")[0] for each in asked.stdout.splitlines()]
        self.check(offered)

    def test_zsh(self):
        """zsh completes on a terminal only, so it is given one."""
        script = self.script("zsh")

        def shown(typed, pause):
            line = " ".join(["portolan", *typed])
            program = (f"zmodload zsh/zpty; zpty z zsh -f -i; zpty -w z 'PS1=; unsetopt zle_bracketed_paste; autoload -U "
                       f"compinit; compinit -D -u; . {script}; zstyle \":completion:*\" list-colors \"\"; LISTMAX=1000; "
                       f"COLUMNS=200; bindkey \"^I\" list-choices; print READY-$((1+1))'; "
                       f"zpty -r z out '*READY-2*'; zpty -w -n z $'{line}\\t'; sleep {pause}; "
                       f"while zpty -r -t z out; do print -r -- \"$out\"; done; zpty -d z")
            asked = run_command("zsh", "-f", "-c", program, seconds=30)
            words = re.findall(r"[\w-]+", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", " ", asked.stdout))
            return [each for each in words if each not in ("portolan", *typed)]  # what was typed is echoed

        def offered(typed):
            """How long zsh takes to show anything is the machine's to say."""
            return next((found for found in (shown(typed, pause) for pause in (0.5, 2, 8)) if len(found) > 1), [])
        self.check(offered)


if __name__ == "__main__":
    main()
