"""Coins whose size is fixed by law. A coin beside a spot gives the photo a scale.

Euro: Council Regulation (EU) No 729/2014, annex I. US: 31 U.S.C. 5112(a), which is in inches, and
the United States Mint's specifications.
"""

from typing import Final

# Diameter in mm.
DIAMETERS: Final = {
    "1 cent (euro)": 16.25,
    "2 cent (euro)": 18.75,
    "5 cent (euro)": 21.25,
    "10 cent (euro)": 19.75,
    "20 cent (euro)": 22.25,
    "50 cent (euro)": 24.25,
    "1 euro": 23.25,
    "2 euro": 25.75,
    "Penny (US)": 19.05,
    "Nickel (US)": 21.21,
    "Dime (US)": 17.91,
    "Quarter (US)": 24.26,
}
