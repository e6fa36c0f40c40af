# Ingest of webhooks, from "rates" and "latency" in the working directory, as
# bench.py writes them, to the file named by the variable picture.

set terminal pngcairo size 1200,520 font "DejaVu Sans,11"
set output picture

nothing = "#9aa0a6"
ours    = "#1a73b8"
flask   = "#d9822b"

set multiplot layout 1,2 \
    title "2.5 KB webhooks through nginx, 32 connections" font ",14"
set border 3 back linecolor "#666666"
set tics nomirror
set grid ytics linecolor "#dddddd"

set title "Throughput (more is better)"
set ylabel "webhooks a second"
unset xlabel
set style data histograms
set style histogram clustered gap 1
set style fill solid border
set boxwidth 0.9
set xrange [-0.6:1.6]
set yrange [0:*]
set key top right
plot "rates" \
       using 2:xtic(1) title "same stack, not storing" linecolor rgb nothing, \
    "" using 3 title "callsheet, on disk" linecolor rgb ours, \
    "" using 4 title "Flask + gunicorn + SQLite, on disk" \
       linecolor rgb flask, \
    "" using ($0-0.25):2:($2 > 0 ? sprintf("%d", $2) : "") with labels \
       offset 0,0.7 notitle, \
    "" using ($0):3:(sprintf("%d", $3)) with labels offset 0,0.7 notitle, \
    "" using ($0+0.25):4:(sprintf("%d", $4)) with labels offset 0,0.7 notitle

set title "Latency (less is better)"
set ylabel "milliseconds"
set xlabel "percent of the webhooks are answered within"
set logscale y
set xrange [0:100]
set yrange [*:*]
set key bottom right samplen 3
plot "latency" \
       using 1:6 with lines linewidth 2 dashtype 2 linecolor rgb flask \
       title "Flask, 5 ms a sync", \
    "" using 1:4 with lines linewidth 2 linecolor rgb flask title "Flask", \
    "" using 1:5 with lines linewidth 2 dashtype 2 linecolor rgb ours \
       title "callsheet, 5 ms a sync", \
    "" using 1:3 with lines linewidth 2 linecolor rgb ours \
       title "callsheet", \
    "" using 1:2 with lines linewidth 2 linecolor rgb nothing \
       title "not storing"
unset multiplot
