"""Small HDF5 files that take their values from other files, and two like them that do not; made with h5py 3.16.

Each has time, lat, lon of two points and uo, vo of (2, 2, 2): from ``secret.bin`` as external storage, from ``x`` of
``other.nc`` as a virtual data set, or of its own.
"""

from __future__ import annotations

import base64
import zlib

FILES = {
    "external-earliest": (
        "eNrtWM1yEkEQnmGXuOGnspjwoxf3mEvMmsLSW0DYCFUELMjBW8CwZagKYLGL5U2PevPoMcccfQSPHPMIeQTfAPenm+yOLCRUtEDnuzQ9"
        "0z0909szdPeXUvEgHnkYITYkiYhEJl6MAZfbfh7nm0Ap0M9AL0I4Tp25DIwnYH1W7qiuabb0mAHaUUWXbhOO/xElLf/Kpq8xHoCOQn45"
        "s9PVbXrWMh3+rN9z6LDvzr/v++N1XjxREndlQUGG+L1KuPwVyAlWhNsiCWWfSM5IjmSjJDsW3PmwNWrPh0IhZyUJboRAQZy5dzHyHOyv"
        "WQISGfY6pmHxm5Z2yrP/0/5wYChGp3eiK3vqXnZHfbrz5Jmtr/r0C5V8o2HrgyXUL5YPtWqjXKseNwr5ijY534ew38+IRrVWpNZpcLcX"
        "4dn+w3s/WpstB04gijBbTsEf8mw5/K6ftpYznmOwQ+pEhkSq+UONwPcJe74PxjO1NOwxmYnDH/fvKg7lgDhUA+Mw7tlnW3870HXjuNcf"
        "mKdk8fib5RfRo4f3+/qeTvfP+eZd+Ue5tX9iU/yjtwyT/A3/wLt3O/zcd+mLnHt5gBIZ6FaO/xNxcHBwcHCsPiiJ+OobinWH4A5geXVT"
        "inlXCeqjb4w9Nr+6Z+UzFMzbnQI54a8H2D7EdT6GI0pAXv17PiZ48qPurkGmWcI6M8P0NdSEfz+GfjLQzcdvOj02r3xERKhU0hJJf5zs"
        "6x2st2F5KOPJ6yrlxhEhDyDvS8OOKKWwLvFR6tmcwPAiw7t1hMvgekHfq5ly+cvJCc9XJH5vdj41/W+fDwve1Tvfn3l/RsnF3p+vyeV8"
        "f74nl+/9WWf4CMNHHbujiV3TmqhrB1pdqxY0sJsKuXbbLbNl6ObceMH9tTtdvWd0JlWuNEdPhvcRO0hB94ntK7H9o1U9D2XOg/zLQq1C"
        "PXJCQD9OZMax7xdmxrHPtx6wTiRgnWjAOojmBs/VODg4ODg4ODg4ODg4ODgWxar2M5DHfgbyvwBEW/Nn"
    ),
    "external-latest": (
        "eNrtmb9v00AUx9/Zceq6CQ1NIEClNoWBSqU0LUFIMDQhcUlEmqAGsVUhbQw1Sh0Uu6gIBEgswIYQA4yIjQnxBzAgscDOwMjIwo5oOfvu"
        "UsdNIEhpFu6znN7zu3vvvvfDwz3OZhaCyhFFlGVgbFPyE8SOU/+Hs1tiMZtZEmBTGHEHMhQBEIB/GHDjs/R17R3t6d9nu8RaxXqPWj11"
        "45NAPUHbI2zUv4gtjlt1iDVLO3bu2munBAQIRQAEhBDtD6wVI4D2x+aBTCgJiSFIbOMxJVydqMi4chHRjxCifQ6MgG/3fAKzOBb8OBh/"
        "3DB0y4Qwrv8gTbZW32iYMVM3VrXYXHwuMR0/PT17JjDl6pTOp0olCNNMdqdMblEtlHLFQrmUTuVVCIzb4RIJL6QWVSdaotG2iBDCfU8N"
        "kEIfNaWAj88nlnuhRag7LSbbahGkyara9YammWWj3rDW/lWCsXYS+Gg03jSOAs8kjwKDO1LA1xv+e73QItadFsfbahHwaKFVTKu3UtQN"
        "R4pRv0cKxSUFvCpnak0tErinuFuLv7VEq3EnM+DzF5Uheh+YVgOTeGSwTyeCbyQEZGiFaUV0ZVbsz7qOtdVVpIWtz5jO7OlG2GSpDkFH"
        "nj75pWfV1CV3GGJzlFpjTW21oVknV3SD2MV09mKgZqcfxusVcS9WPle6DIfpOkbp7O09J7KxXbni8o7Pbfs8tl3OTPDhdyfvXZI3budd"
        "UhfUJbWQVkneKwLJW61YFVOzdgqo4svCMHW8SeQQHd9eu3Zngd2xTAt2xTL7xM3b4X7WIXjqYPbRqZcrsEd02hejA13siz7pAh5dGMsv"
        "Km/3QJIf86Q9n3SaB7SFEG0jyQvpYh65bkhWJzv+7I/v8/jZf1/y+Nnff7DDOEqHcYY6jMO4OgwcDofD4XA4HA6Hw+FwOBwOh8Ph/LeQ"
        "h8JkHx4Kf9JHy/48FPby4W7QYyse236L8H1+c+c3TkdKnw=="
    ),
    "virtual-earliest": (
        "eNrtWM1yEkEQ7tnlZ42AS1CIXtyLVVxiMIVlbgFhYygJpCAHbwkVtoQyYS12sXLTo76FxzwKxzxCHiFnL7g/PbA7spBYaIHOd+l0T/dO"
        "d0836Zlv++W9+NqTNbAhSRACGbwYISDL8IgTpATpV6SXApUTZ20D5Un8Pqt31FBVW3vEgO6TC7k0Cxz/I/bV4qFN39F6QDoU/Hpm91yz"
        "6VnLdPgzvefQge6uf9L99TqvngjEXV00kLF+D5Muf416olXhtkpS2QXJkRQgfx/yI9FdD1tSe10QBOdLEnaESFCd6bsY7OD+EUtBgkGv"
        "axoWn7Ks0x7/O/qgbyhGt3eqKdu57fxm7uXmi1e2fc5nX6oWm03bHnei9uXKgVprVuq142apWFXH8V2E/XmmaNbqZWJFQ729DM/OH+37"
        "YWS2HiYBFHG2nkL/kGfr0XO9SS1nPcfQQ+JUhgS14oEKeD5hz/nQeiaWhS2TmTrMrS+qDuWAOswF1mHc42dbe9/XNOO4p/fNDvx+/c3K"
        "S8hjR/t70qfT8yOnFpUf5c75iU3Jj9YyTPgb+cHfvbvhZtelrwsO+YIUZKQPC/w/EQcHBwcHx+qDQNSZGQqE8njvEF0BvV7dlk7mq6cQ"
        "wok9I0HmMzDzlUjnK3eeCon0quDuu47Tmc1lt+59mMw9v85ZomfuOd8ycC77iPoPrB02PHNUtdI8AniMc1YG7x6EEPQffJR4LjFhho8w"
        "fNThXYZ+j80PnUsLj1z+anwS31ekXm4Xn5z+t+O7Xtn4lq3fpaXt9xjDxxk+4egMx/ua1kJD3VMbaq2k4r5pwd233TJbhmbOPR/qX9u6"
        "9/eM7vgWJ82xk/H+R19IguqXfTdh30dWNR7CxENWPB6BiUf4Q78Hb0r1KpmSxx0Av0A3O1r/ee8ULnz9R3vHyz/7Yb4NB7zrRRg5fT+M"
        "MnL6XigtyJ9YgD/xAH8SAf5QXCX47MjBwcHBwcHBwcHBwcGxOvgJ7JjSTA=="
    ),
    "virtual-latest": (
        "eNrtmDtv01AUx8+183BTJzFtIDykNh3KQ6jULeEhoaoJiUuqpomU8BgYqqixSNTWlmIHOoBgBDGwdkR8gC4wIDFULCDEwsbER0BiRDCE"
        "a/vexHETUaTQgnT/knV1Ts71+fvn6xvLT3LZhXDoeIgXBKBqEb0+6sQyyW/xz04Wc9kSB5vciLuQKsQBAghEAQ8+s76hviQzAxErxa9X"
        "zB3UndG1jxzJhK0M19Q/812Ju/paoG3t1tb7SdsCAoRiABxCiMwHOvIxQIcS8+BcUAqSw5Bs4XP6sTs+JGDnPCI/gkTmHB4B3+7rEWdw"
        "LQRwMf6xqdVNA0ax/yOkWU1vNoyEUddW1cSsPJucki9MzVwSz7omZfLpchlGSSdrUnZxWSmUF4uFlXImnVdAHLfK/U55Ib2s2NV+Um1B"
        "BAnPlcm9eNxGAcW5B8lBsJD2xuJ0TxZh0qyq3mmoqrGi6Q2z9qcIxnoh8JFqvGhsArzfQ2CogwLufZjbHgSLxN5YnOrJQvSwUCuGOVgU"
        "umajeOpFEXKhgO/nd17YLCbOTA+tuQ8JoSQ+E7+bze9Gh9247QQgAXEB4g+BsBsW8MPs42XCDvXnNtaTG08abUwb4roVRjGfmBtOfrF8"
        "HY4RbnF8WK2se8xTf9DpTX34PXHAEwfx8bN2+00xk1sS7zt9ZatvSVlQSkohozh9b3JO32rFrBiq2TFQxQ+nZtTxTREkcpcsNr3WHt3T"
        "yO4HdEujcfDEu9Z++uA8Pmh88YvvFfwlHeSaFP6RNSl64rAnjljrdPv5WzgYfZt3xqspe3hERpDIGEtdyxTzyLVD0gV8GaA7oZs1tXFO"
        "W4VNGwRydfHGkz/MJbKj0f9laL85ePL0/SHoydO3CGFAfsQ+fsJ9/ET6+KH6FAEmJiYmJiYmJiYmJiYmpv9G+/mRisr1/d/W1+iNK78A"
        "imQv5Q=="
    ),
    "plain-earliest": (
        "eNrtWM1u2kAQnrVN5PCjmNKGtJf6yCWqG1E1t0DBKUgEIpxDbwkqVoOUQIVN1Vt7bN+ixzwKxzxCjz32Dah/ZonZxpBEUQTtfJdhZmd2"
        "d2ZnzOx+r1X3M8lnSfChqqCABlFMEFAQeMQJUob0G9ILictZMLaF8izOL+odtU3T154I4OsYSkgLQPgfUTPLhz59x/MB6Via1XN757ZP"
        "zzpuwJ8N+gEdDcLxT4PZfF2UTwwyoS4aaJi/tWzI/0Q92ctwXyWr74EaSEpQTEFxIofjCU/qj0uSFMykYkXIDNWFukvDLq6/5imoMOr3"
        "XMfjc571ZmT/p4PR0NGdXv+9re8YO8Vt49X2y9e+vTFjX2mULcu3x5W4fbV+YDateqt5bFXKDXPq3+fEbJw5rGaryjxv+G4vEvPjx+t+"
        "vDZfD4MAujxfT+c/tPl6/Fx/5ZYzn9O4QxZkhgrN8oEJeD6JyPnwfGaehS/ThDwsPLqvPNRi8tCIzcNMZJ9d+8PQtp3j/mDonsLd829e"
        "XJSIHa/vqzq9Pj5q7r7io986Pulr4mN3HBceIj743bsdfu+F9E0pIF+Rgob0cYn+iQgEAoFAWH34/YffM+wyzuO9Qw4F/Hp1U3rVXz0H"
        "BTv2vAr5L7CovzJUocMX+uS/+ys50u+cv3BQ/yPqb3h91Fakf2rUrSOAp9hf5fHOwRjDfcMMZZHLiyzwisCH/XrI8PnEuPB+1HgS8pdT"
        "D3+sSJ7czL/gcvoP+3e5sv4tS50fLm2drwt8UuBTwbrj6bquN9A298222ayYuO6mFK7b7bgdx3YXngvfX9e75/ed3vTWpi6w0/A7xOMY"
        "l7fiO4n4HrKq/jDBH7bi/kiCP9IDfRfeVloNFtmHHPMepwhy/u6XEOT8nW89Zp5kzDypmHk4TjaoVyMQCAQCgUAgEAgEAuGu+ANIYsSf"
    ),
    "plain-latest": (
        "eNrtmUFrE0EUx9/sbsJms7GxTY1VaBfBVpBqWiKClyYmWxNMk5JID15iMKsNtruQ3RRBseKp4ufwE/QqCN6k1YMX/QyevHmsM7szzWab"
        "tBViKDJ/CI/39s28t7+ZDAP7tpBfjimXFFGWgemAakfz/BSNv9m78qNSyFcFeC6M+xOZFAEQQHgMsJGc1qaxS0eGz5GQuNFwPqLeiGXu"
        "CTQSIxGhY30XewJbVj182NqdzI1vbgsIEEoACAghOh6YFROAzmtL4L1QBtJRSB/gOUO4O1GRceciog8hTsdMjoN09H3UBZwLYZyMH3bM"
        "lmPDBO7/Ai22bnXatma3zMeGtphaTM+nbs0v3Fav+wblStlaDSZoJTIoX1zRy7VipVyv5bIlHdQZkh7y0svZFd3NDtFsAhHiZCxdi51D"
        "FLA2NxkdBov46Vhc68siRos1jadtw7DrptV21v8WwXQ/BBLNxpvGJfBbChCIdFGA+OFJdhgstNOxmOvLQg2wMBq2M1wUlumi2A4FUCg+"
        "FDD76tk7j0UCoTQeKR5lcZL1WM2Ax1yDpAzJbehllaKstONZTfdlJdJimzdtdYO4Y5hJwg+kVKw9gCnKKol/pBxZV5H1SC05UVblbszv"
        "SwGfgNv/2t6t5Ar31Zde3RSpW9WX9apezule3TXBq9tsOA3bcLoNNPEf0rRbeCHkOJ2fEOi339g5Rk88YMcY8x9+mhVH2YcQ6IP5L/a3"
        "fsI/0ij24erFs7cPIwFfCfhRcn5/zryHs6VfS569m3HNa2ohTm0ic9IM93KVEvKdoAwOu12wG4EUiLN7QSgQZ7eDyIB5lAHzRAfMw/Ro"
        "DLi4uLi4uLi4uLi4uLi4uLi4uLi4uLj+W43yAxST73u+qy9Tl6/+AYtjHR0="
    ),
}


def content(name: str) -> bytes:
    """The bytes of a file."""
    return zlib.decompress(base64.b64decode(FILES[name]))
