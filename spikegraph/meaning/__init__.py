"""What a network computes, written once: a reference in numpy and float64, as plain as the equations of docs/language.md.

It judges kernels, passes and exports, so it shares no code with them. One function computes one operation; slow is fine.
"""
