"""What plug-ins extend: tables of names, the files that extend them, and spellings that are going away."""
