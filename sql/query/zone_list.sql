SELECT timezone FROM zone WHERE campaign = :campaign;
