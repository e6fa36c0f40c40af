def run(directory): pass
