"""Write the list of passwords that anybody would try first, from patterns.

What people choose is known well enough to be made: everyday words, names and phrases, two such
words together, runs over a keyboard, the alphabet and digits, forwards and back. Digits and signs
around a word, other letters for a word's own and repetition are the rule's business
(identity/passwords.py), so the list needs none of them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from tools.generated import ROOT, write_or_check

PAGE = ROOT / "src" / "aethermart" / "identity" / "common_passwords.txt"

_ACCESS = """
    access account admin administrator aethermart backup changeme cisco client computer console
    customer database default demo developer director docker employee enter example executive
    finance firewall forgot global google gmail guest hello helpdesk home hotmail internet
    intranet laptop letmein linux login logon mailbox manager mariadb marketing master member
    microsoft monitor mysql nothing office online operator oracle outlook pass passcode
    passphrase passport passwd password passwort parola contrasena motdepasse senha wachtwoord
    postgres private product public qwerty remote retail root router sales secret secure
    security server service setup shop shopping staff start store student super superuser
    supervisor support switch sysadmin system teacher temp temporary test tester testing trustno
    unknown update user username vendor visitor web webmaster welcome willkommen windows work
"""
_LIFE = """
    angel animal apple arsenal august austin autumn babe baby babygirl bailey banana barcelona
    baseball basketball batman beach beautiful bear beer berlin blink blue bond boston boomer
    brandon broncos brooklyn buddy bulldog buster butterfly camaro canada casper catch celtic
    charlie cheese chelsea cherry chicago chicken chocolate christmas coffee computer cookie
    corvette cowboy cowboys crystal dakota dallas daddy december diamond doctor dolphin donald
    dragon dreams eagle eagles easter elephant england everton evergreen family fantasy february
    ferrari fireman fishing florida flower football forever france freedom friday friend friends
    galaxy gandalf garden genius george germany ginger goldfish golden golfer gordon green
    guitar halloween hammer happy harley heaven heather hockey holiday honda honey horse hunter
    iceman india italy jackson jaguar january japan jesus jordan juice juventus killer king
    kitten kitty lakers liberty lion liverpool london love lovely lover loveme lucky madrid
    magic manchester march maverick melody mercedes merlin metal metallica midnight miller
    monday money monkey monster moon morning mother mountain music mustang naruto nature newyork
    nicole ninja november nirvana october orange pakistan panther paradise paris patriots peace
    peanut penguin pepper phoenix picture pirate pizza player pokemon porsche potato power
    princess puppy purple rabbit rainbow ranger rangers red redsox river rocket rock ronaldo
    rose runner samsung saturday scooter scorpion september shadow silver sister smile smokey
    snoopy snow soccer sparky spider spiderman spring starwars steelers stella stupid summer
    sunday sunflower sunshine superman sweet sweetheart swimming teacher tequila texas thunder
    thursday tiger tigers tinker titanic toyota tuesday turtle united vampire victory viking
    volleyball warrior water wednesday whatever winner winter wizard wolf wonder yamaha yankees
    yellow zombie
"""
_NAMES = """
    adam alexander alexandra amanda amelia andrea andrew angela anna anthony ashley barbara
    benjamin carlos carolina caroline cameron catherine charlotte chris christian christina
    christine christopher claudia daniel daniela david dennis diana dominic edward elena
    elizabeth emily emma eric eva felix fernando francisco frank gabriel gabriela hannah harry
    helena henry isabella jackie jacob james jan jason jasmine jennifer jessica joanna johann
    john jonathan jose joseph joshua juan julia julian justin karen katherine kevin kimberly
    laura lauren leonardo linda lisa louis lucas luis madison marcus margaret maria marie martin
    martina matthew maxim maximilian melissa michael michelle miguel monica natalia natalie
    nathan nicholas nicola oliver olivia pamela patricia patrick paul pauline peter philip
    rachel rebecca richard robert roberto roman ronald samantha samuel sandra sara sarah
    sebastian sergey simon sophia sophie stefan stephanie stephen steven susan sylvia teresa
    thomas tiffany timothy valentina vanessa veronica victor victoria vincent viktor vladimir
    walter william yvonne
"""
_PHRASES = """
    abracadabra adminadmin asdfasdf beammeupscotty callmemaybe carpediem
    correcthorsebatterystaple donttellanyone enteryourpassword forgetmenot forgotpassword
    getmein givemeaccess godblessyou goodmorning happybirthday happynewyear helloworld
    iamtheboss icantremember idontcare idontknow iforgot iforgotit iforgotmypassword
    ihatepasswords ihatethis ihateyou iloveme ilovemycat ilovemydog ilovemyfamily ilovemylife
    ilovemywife ilovehim ilovejesus ilovesummer iloveyou iloveyousomuch iloveyoubaby
    iloveyouforever inthebeginning itsasecret jesuschrist jesusislord jesuslovesme keepout
    keepitsecret leavemealone lemmein letmeinnow letmeinplease letsgo lordoftherings
    maytheforcebewithyou merrychristmas myaccount mylogin mynewpassword mypass mypassword
    mysecret nevergiveup newpassword nopassword nosecret notapassword onceuponatime openplease
    opensesame passwordispassword pleasechangeme pleaseletmein realmadrid rockandroll
    secretpassword strongpassword supersecret supersecretpassword temppassword temporarypassword
    thepassword thequickbrownfox thequickbrownfoxjumps thisismypassword thisisapassword
    thisisasecret thisisnotapassword tobeornottobe topsecret trustnoone verysecret
    verysecretpassword verystrongpassword welcomeback welcomehome whatismypassword whatsup
    yourpassword
"""
_PAIRED = """
    access admin angel baby dragon football hello july june king letmein login love lucky magic
    master money monkey my new office password pass princess qwerty root secret shadow shop
    spring star summer sunshine super system temp test user welcome winter work
"""
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789012345678901234567890",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1234567890qwertyuiop",
    "asdfghjklqwertyuiop",
    "zxcvbnmasdfghjkl",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "zaq1xsw2cde3vfr4bgt5nhy6mju7",
    "a1b2c3d4e5f6g7h8i9j0",
    "1a2b3c4d5e6f7g8h9i0j",
    "abcd1234efgh5678ijkl",
)
_SHORTEST_RUN, _LONGEST_RUN = 8, 20


def render() -> str:
    return "\n".join(sorted(set(_made()))) + "\n"


def _made() -> Iterator[str]:
    for words in (_ACCESS, _LIFE, _NAMES, _PHRASES):
        yield from words.split()
    paired = _PAIRED.split()
    yield from (one + other for one in paired for other in paired)
    for run in _RUNS:
        for way in (run, run[::-1]):
            for start in range(len(way)):
                ends = range(start + _SHORTEST_RUN, min(start + _LONGEST_RUN, len(way)) + 1)
                yield from (way[start:end] for end in ends)


if __name__ == "__main__":
    sys.exit(write_or_check(PAGE, render))
