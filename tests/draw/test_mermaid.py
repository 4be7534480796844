"""The Mermaid writer: its text in full."""

from drawn_graphs import network

from autograd import Value
from autograd.draw import mermaid


def test_the_text_is_as_agreed():
    w, x = Value(-1.5, label="w"), Value(2.0, label="x")
    root = (w * x + 2).relu() + x * 0.5
    root.backward()

    assert (
        mermaid(root)
        == """\
flowchart LR
    v0["w<br/>−1.5<br/>grad 0"]
    v1["x<br/>2<br/>grad +0.5"]
    v2["× v2<br/>−3<br/>grad 0"]
    v3c1["2"]
    v3["#43; v3<br/>−1<br/>grad 0"]
    v4["relu v4<br/>0<br/>grad +1"]
    v5c1["0.5"]
    v5["× v5<br/>1<br/>grad +1"]
    v6["#43; v6<br/>1<br/>seed +1"]
    v0 -->|"2"| v2
    v1 -->|"−1.5"| v2
    v2 -->|"1"| v3
    v3c1 --> v3
    v3 -.->|"0"| v4
    v1 -->|"0.5"| v5
    v5c1 --> v5
    v4 -->|"1"| v6
    v5 -->|"1"| v6
    linkStyle 5 stroke:#0061BE,stroke-width:3.1px
    linkStyle 7 stroke:#0061BE,stroke-width:4.8px
    linkStyle 8 stroke:#0061BE,stroke-width:4.8px
    classDef leaf fill:#FFFFFF,stroke:#15181E,color:#15181E,stroke-width:2px
    class v0,v1 leaf
    classDef root fill:#FFFFFF,stroke:#15181E,color:#15181E,stroke-width:2px
    class v6 root
    classDef inner fill:#FFFFFF,stroke:#7F8794,color:#15181E,stroke-width:1.2px
    class v2,v3,v4,v5 inner
    classDef constant fill:#F4F5F7,stroke:#F4F5F7,color:#525A67
    class v3c1,v5c1 constant
    classDef positive2 fill:#C1DEFF
    class v1 positive2
    classDef positive4 fill:#63ADFE
    class v4,v5,v6 positive4
%%{init: {"themeVariables": {"edgeLabelBackground": "#FFFFFF", "textColor": "#15181E", "lineColor": "#7F8794"}}}%%
"""
    )


def test_clusters_are_subgraphs_in_subgraphs():
    root = network((1, 1))
    lines = mermaid(root, detail="values").splitlines()

    assert [line.strip() for line in lines if "subgraph" in line or line.strip() == "end"] == [
        'subgraph c0["layer 0#44; 1 parameter"]',
        'subgraph c1["neuron 0#44; 1 parameter"]',
        "end",
        "end",
    ]


def test_a_name_cannot_end_its_box_or_be_read_as_markup():
    text = mermaid(Value(1.0, label='"] --> v9; `*x*` <b> #35; 1. end'))

    assert text.splitlines()[1] == (
        '    v0["#34;#93; #45;#45;#62; v9#59; #96;#42;x#42;#96; #60;b#62;…<br/>1<br/>not computed"]'
    )
